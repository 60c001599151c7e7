import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { isWithin, roles, roleTable, type Role } from '../../shared/roles.ts';
import { tokenDays } from '../../shared/token-days.ts';
import { asApiError, call, useRoute } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { CopyField } from '../ui/copy-field.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { RadioGroup } from '../ui/radio-group.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { RoleChoice } from './role-choice.tsx';

const lifetimes = { '7': '7 days', '30': '30 days', '90': '90 days', '365': 'a year' };
type Days = keyof typeof lifetimes;
const dayMs = 86_400_000;
/** So that a year is no more than one where the clock of this machine is fast. */
const clockLeewayMs = 600_000;

/** Asks what it is for and what it may do, then shows the value of the new token this one time. */
export function CreateTokenDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<Role>();
  const [days, setDays] = useState<Days>(`${tokenDays.usual}` as Days);
  const may = useRoute('getSession', {}).data?.user?.may ?? [];
  // The one that allows the most of those within the visitor's own.
  const role = chosen ?? roles.find((one) => isWithin(one, may)) ?? 'viewer';
  const create = useMutation({
    mutationFn: async () => {
      const expiresAt = new Date(Date.now() + Number(days) * dayMs - clockLeewayMs).toISOString();
      return call('createToken', { body: { name, role, expiresAt } });
    },
    meta: { isShown: true },
    onSuccess: async () => queryClient.invalidateQueries({ queryKey: ['listTokens'] }),
  });
  const close = () => {
    setName('');
    setChosen(undefined);
    create.reset();
    onClose();
  };
  const token = create.data?.token;
  return (
    <Dialog
      isOpen={isOpen}
      onClose={close}
      title={token ? 'Copy the token now' : 'New API token'}
      description={token ? 'It is shown this one time only.' : undefined}
      footer={
        token ? (
          <Button variant="primary" onClick={close}>
            Done
          </Button>
        ) : (
          <>
            <Button onClick={close}>Cancel</Button>
            <Button type="submit" form="create-token" variant="primary" isBusy={create.isPending}>
              Create
            </Button>
          </>
        )
      }
    >
      {token ? (
        <CopyField label="API token" value={token} />
      ) : (
        <form
          id="create-token"
          className="flex flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            create.mutate();
          }}
        >
          <Field label="Name" help="What the token is for." error={create.error ? asApiError(create.error).problemOf('name') : undefined}>
            {(ids) => <TextInput {...ids} required maxLength={100} value={name} onChange={setName} placeholder="nightly import" />}
          </Field>
          <RoleChoice
            value={role}
            onChange={setChosen}
            whyNot={(one) => (isWithin(one, may) ? undefined : `A ${roleTable[one].title} may do things that you may not.`)}
          />
          <Field label="Ends after">
            {(ids, labelId) => (
              <RadioGroup
                aria-labelledby={labelId}
                aria-describedby={ids['aria-describedby']}
                value={days}
                onChange={setDays}
                options={lifetimes}
              />
            )}
          </Field>
          <FormError error={create.error} />
        </form>
      )}
    </Dialog>
  );
}
