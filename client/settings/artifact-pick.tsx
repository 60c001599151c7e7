import { ChevronsUpDown } from 'lucide-react';
import { IconButton } from '../ui/icon-button.tsx';
import { Menu } from '../ui/menu.tsx';
import { TextInput } from '../ui/text-input.tsx';
import type { ControlProps } from './field-control.tsx';
import { textOf } from './values.ts';

/** The name of an artifact, typed or picked from those that are deployed. */
export function ArtifactPick({
  typed,
  ids,
  onChange,
  label,
  deployed,
}: Pick<ControlProps, 'typed' | 'ids' | 'onChange'> & { label: string; deployed: { name: string; hint?: string }[] }) {
  return (
    <div className="flex gap-1">
      <TextInput
        {...ids}
        value={textOf(typed)}
        onChange={onChange}
        placeholder="Choose or type a name"
        autoComplete="off"
        spellCheck={false}
      />
      {deployed.length > 0 && (
        <Menu
          trigger={<IconButton label={label} icon={<ChevronsUpDown size={14} aria-hidden />} />}
          items={deployed.map(({ name, hint }) => ({
            label: name,
            ...(hint === undefined ? {} : { hint }),
            onSelect: () => onChange(name),
          }))}
        />
      )}
    </div>
  );
}
