import { useState } from 'react';
import { TextInput } from '../ui/text-input.tsx';
import type { ControlProps } from './field-control.tsx';
import { ProposeDialog } from './propose-dialog.tsx';
import { placeholderOf, textOf, typedText } from './values.ts';

/** The address of a mail server: typed, or found by an e-mail address. */
export function MailAddressControl({ field, typed, view, ids, node, onChange }: ControlProps) {
  const [isFinding, setIsFinding] = useState(false);
  return (
    <div className="flex flex-col items-start gap-1">
      <TextInput
        {...ids}
        value={textOf(typed)}
        placeholder={placeholderOf(field, view)}
        onChange={(text) => onChange(typedText(field, text))}
        autoComplete="off"
        spellCheck={false}
      />
      <button
        type="button"
        onClick={() => setIsFinding(true)}
        className="text-accent -ml-1 flex h-6 items-center rounded-sm px-1 text-xs font-medium hover:underline"
      >
        Propose settings…
      </button>
      <ProposeDialog node={node} isOpen={isFinding} onClose={() => setIsFinding(false)} />
    </div>
  );
}
