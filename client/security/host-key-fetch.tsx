import { useMutation } from '@tanstack/react-query';
import { Radar } from 'lucide-react';
import { useState } from 'react';
import type { HostKeyView } from '../../shared/api/known-hosts.ts';
import { call } from '../api.ts';
import { useMay } from '../may.ts';
import { FormError } from '../shell/form-error.tsx';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { TextInput } from '../ui/text-input.tsx';

/** Asks a server which keys it has. Nothing is believed before a person has compared the fingerprints and taken them over. */
export function HostKeyFetch({ address: proposed, text, onAdd }: { address: string; text: string; onAdd: (lines: string[]) => void }) {
  const [address, setAddress] = useState(proposed);
  const mayProbe = useMay('probe');
  const scan = useMutation({
    mutationFn: async () => (await call('scanHostKeys', { body: { address: address.trim() } })).keys,
    meta: { isShown: true },
  });
  const fetchKeys = () => {
    if (address.trim() !== '' && !scan.isPending) scan.mutate();
  };
  return (
    <div className="border-line flex flex-col gap-3 rounded-md border p-3">
      <Field label="Fetch from server" help="Shows the keys of the server. Nobody signs in.">
        {(ids) => (
          <div className="flex gap-2">
            <TextInput
              {...ids}
              maxLength={300}
              placeholder="sftp.example.com"
              value={address}
              onChange={setAddress}
              onKeyDown={(event) => {
                if (event.key !== 'Enter') return;
                // The form around it is not to be sent.
                event.preventDefault();
                fetchKeys();
              }}
            />
            <Button
              icon={<Radar size={14} aria-hidden />}
              isBusy={scan.isPending}
              disabled={!mayProbe || address.trim() === ''}
              onClick={fetchKeys}
            >
              Fetch
            </Button>
          </div>
        )}
      </Field>
      <div aria-live="polite">{scan.data && <Keys keys={scan.data} text={text} onAdd={onAdd} />}</div>
      <FormError error={scan.error} />
    </div>
  );
}

function Keys({ keys, text, onAdd }: { keys: HostKeyView[]; text: string; onAdd: (lines: string[]) => void }) {
  const fresh = keys.filter(({ line }) => !text.includes(line)).map(({ line }) => line);
  return (
    <div className="flex flex-col items-start gap-2">
      <ul className="flex flex-col gap-1 text-xs">
        {keys.map(({ type, fingerprint }) => (
          <li key={fingerprint}>
            <span className="font-medium">{type}</span> <code className="text-ink-soft break-all">{fingerprint}</code>
          </li>
        ))}
      </ul>
      <p className="text-ink-soft text-xs">Compare them with what the owner of the server says: whoever has such a key is believed.</p>
      <Button size="sm" disabled={fresh.length === 0} onClick={() => onAdd(fresh)}>
        {fresh.length === 0 ? 'They stand below' : keys.length === 1 ? 'Take it over' : 'Take them over'}
      </Button>
    </div>
  );
}
