import { useState } from 'react';
import { isHostAllowed } from '../../shared/check-artifacts.ts';
import { useRoute } from '../api.ts';
import { CredentialDialog } from '../security/credential-dialog.tsx';
import { Field } from '../ui/field.tsx';
import { SuggestInput } from '../ui/suggest-input.tsx';

/** The name of a User Credentials artifact: chosen, typed, or created in place. */
export function CredentialPick({
  label,
  help,
  error,
  isRequired = false,
  host,
  name,
  onChange,
}: {
  label: string;
  help: string;
  error?: string | undefined;
  isRequired?: boolean;
  /** Where it will be sent; undefined while that is not known. */
  host: string | undefined;
  name: string;
  onChange: (name: string) => void;
}) {
  const [isCreating, setIsCreating] = useState(false);
  const credentials = useRoute('listCredentials', {}).data?.items;
  const chosen = credentials?.find((credential) => credential.name === name.trim());
  const isMissing = credentials !== undefined && name.trim() !== '' && !chosen;
  const isElsewhere = chosen !== undefined && host !== undefined && !isHostAllowed(chosen.allowedHosts, host);
  const warning = isMissing
    ? `'${name.trim()}' is not deployed.`
    : isElsewhere
      ? `'${chosen.name}' may not be sent to ${host}. Add it to its allowed hosts under Security.`
      : undefined;
  return (
    <>
      <Field
        label={label}
        help={help}
        isRequired={isRequired}
        {...(error === undefined ? {} : { error })}
        {...(warning === undefined ? {} : { warning })}
      >
        {(ids, labelId) => (
          <SuggestInput
            {...ids}
            aria-labelledby={labelId}
            value={name}
            onChange={onChange}
            placeholder="Choose or type a name"
            suggestions={(credentials ?? []).map((credential) => ({
              value: credential.name,
              label: `${credential.name}, user ${credential.user}`,
              content: (
                <span className="flex min-w-0 flex-1 justify-between gap-3">
                  <span className="truncate">{credential.name}</span>
                  <span className="text-ink-faint truncate text-xs">{credential.user}</span>
                </span>
              ),
            }))}
            last={{ value: 'Create and deploy…', onChoose: () => setIsCreating(true) }}
            emptyText="No artifact has such a name."
            openLabel="Deployed artifacts"
          />
        )}
      </Field>
      <CredentialDialog
        isOpen={isCreating}
        onClose={() => setIsCreating(false)}
        initial={{ ...(isMissing ? { name: name.trim() } : {}), ...(host === undefined ? {} : { host }) }}
        onDeployed={(credential) => onChange(credential.name)}
      />
    </>
  );
}
