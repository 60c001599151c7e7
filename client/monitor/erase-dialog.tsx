import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { ErasureView } from '../../shared/api/log-upkeep.ts';
import { asApiError, callUntil } from '../api.ts';
import { FormError } from '../shell/form-error.tsx';
import { queryClient } from '../shell/query-client.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { toast } from '../ui/toast.tsx';

/** The server looks at every mail there is. */
const timeoutMs = 15 * 60_000;

/** Erases what is kept of one person's mails: counts first, then the address once more by hand. */
export function EraseDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const [address, setAddress] = useState('');
  const [repeated, setRepeated] = useState('');
  const find = useMutation({
    mutationFn: async (wanted: string) => callUntil('findPersonsMails', { body: { address: wanted } }, undefined, timeoutMs),
    meta: { isShown: true },
  });
  const erase = useMutation({
    mutationFn: async (wanted: string) => callUntil('erasePersonsMails', { body: { address: wanted } }, undefined, timeoutMs),
    meta: { isShown: true },
    onSuccess: (erased) => {
      toast({ text: `Erased ${count(erased.messages, 'message')} and ${count(erased.mails, 'mail')}.`, tone: 'good' });
      close();
    },
    onSettled: async () => queryClient.invalidateQueries(),
  });
  const found = find.data;
  const isFound = found !== undefined && find.variables === address.trim();
  const isNothing = isFound && found.messages + found.quarantined + found.mails === 0;
  const mayErase = isFound && !isNothing && found.open === 0 && repeated.trim() === address.trim();

  function close() {
    find.reset();
    erase.reset();
    setAddress('');
    setRepeated('');
    onClose();
  }

  return (
    <Dialog
      isOpen={isOpen}
      onClose={close}
      title="Erase a person’s mails"
      description="Everything that is kept of the mails from or to one address. Mails on the mail server and in backups stay."
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          {isFound && !isNothing ? (
            <Button variant="danger" disabled={!mayErase} isBusy={erase.isPending} onClick={() => erase.mutate(address.trim())}>
              Erase for good
            </Button>
          ) : (
            <Button variant="primary" disabled={address.trim() === ''} isBusy={find.isPending} onClick={() => find.mutate(address.trim())}>
              Find mails
            </Button>
          )}
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Field
          label="E-mail address"
          help="The whole address in From, Sender, Reply-To, To, Cc or Bcc. Bodies are not searched."
          {...errorOf(find.error)}
        >
          {(ids) => (
            <TextInput
              {...ids}
              type="email"
              autoComplete="off"
              value={address}
              onChange={(value) => {
                setAddress(value);
                setRepeated('');
              }}
            />
          )}
        </Field>
        {isFound && <Found found={found} />}
        {isFound && !isNothing && found.open === 0 && (
          <Field
            label="Type the address again to confirm"
            help="This can’t be undone. The ledger still knows the mails, so that none is taken in again."
          >
            {(ids) => <TextInput {...ids} autoComplete="off" value={repeated} onChange={setRepeated} />}
          </Field>
        )}
        <FormError error={erase.error ?? (find.error && !errorOf(find.error).error ? find.error : null)} />
      </div>
    </Dialog>
  );
}

function Found({ found: { messages, open, quarantined, mails, mailBytes, unreadable } }: { found: ErasureView }) {
  if (messages + quarantined + mails === 0) return <p>Nothing is kept of this address.</p>;
  return (
    <div className="border-line rounded-md border px-3 py-2">
      <p>
        {count(messages, 'message')} in the log, {quarantined.toLocaleString('en')} in quarantine, {count(mails, 'raw mail')} (
        {(mailBytes / 1_000_000).toLocaleString('en', { maximumFractionDigits: 1 })} MB).
      </p>
      {open > 0 && (
        <p className="text-warn mt-1">
          {open === 1 ? '1 message has' : `${open.toLocaleString('en')} messages have`} not ended yet. Wait, or cancel{' '}
          {open === 1 ? 'it' : 'them'}, then find again.
        </p>
      )}
      {unreadable > 0 && <p className="text-warn mt-1">{count(unreadable, 'raw mail')} could not be read, and may be of this person.</p>}
    </div>
  );
}

function errorOf(error: unknown): { error?: string } {
  const problem = error ? asApiError(error).problemOf('address') : undefined;
  return problem === undefined ? {} : { error: problem };
}

function count(number: number, what: string): string {
  return `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`;
}
