import { Autocomplete } from '@base-ui/react/autocomplete';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { hostOf } from '../../shared/check-flow.ts';
import { useRoute } from '../api.ts';
import { CredentialDialog } from '../security/credential-dialog.tsx';
import { Button } from '../ui/button.tsx';
import type { ControlProps } from './field-control.tsx';
import { textOf } from './values.ts';

/** A User Credentials artifact: picked from the deployed ones or typed, and created in place. */
export function CredentialControl({ typed, view, ids, onChange }: ControlProps) {
  const [isCreating, setIsCreating] = useState(false);
  const deployed = useRoute('listCredentials', {}).data?.items ?? [];
  const name = textOf(typed);
  const chosen = deployed.find((credential) => credential.name === name);
  const host = hostOf(view);

  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex gap-2">
        <Autocomplete.Root
          items={deployed.map((credential) => credential.name)}
          value={name}
          onValueChange={(text) => onChange(text)}
          openOnInputClick
        >
          <Autocomplete.Input {...ids} className="control h-8" placeholder="Choose or type a name" autoComplete="off" spellCheck={false} />
          <Autocomplete.Portal>
            <Autocomplete.Positioner sideOffset={4} className="z-50 outline-none">
              <Autocomplete.Popup className="border-line bg-raised max-h-60 w-(--anchor-width) overflow-y-auto rounded-lg border p-1 text-sm shadow-lg data-[empty]:hidden">
                <Autocomplete.List>
                  {(item: string) => (
                    <Autocomplete.Item
                      key={item}
                      value={item}
                      className="data-[highlighted]:bg-sunken flex cursor-default items-baseline justify-between gap-3 rounded-sm px-2 py-1.5 outline-none select-none"
                    >
                      <span className="truncate">{item}</span>
                      <span className="text-ink-faint truncate text-xs">
                        {deployed.find((credential) => credential.name === item)?.user}
                      </span>
                    </Autocomplete.Item>
                  )}
                </Autocomplete.List>
              </Autocomplete.Popup>
            </Autocomplete.Positioner>
          </Autocomplete.Portal>
        </Autocomplete.Root>
        <Button icon={<KeyRound size={14} aria-hidden />} onClick={() => setIsCreating(true)}>
          Create and deploy…
        </Button>
      </div>
      {chosen && (
        <p className="text-ink-soft text-xs">
          User {chosen.user}
          {chosen.usedBy.length > 0 && ` · used by ${chosen.usedBy.join(', ')}`}
        </p>
      )}
      <CredentialDialog
        isOpen={isCreating}
        onClose={() => setIsCreating(false)}
        initial={{ ...(name !== '' && !chosen ? { name } : {}), ...(host === undefined ? {} : { host }) }}
        onDeployed={(credential) => {
          onChange(credential.name);
          setIsCreating(false);
        }}
      />
    </div>
  );
}
