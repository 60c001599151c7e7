import { useMutation } from '@tanstack/react-query';
import { Radar } from 'lucide-react';
import { useState } from 'react';
import type { HostKeyView } from '../../shared/api/known-hosts.ts';
import { takenOver } from '../../shared/known-hosts.ts';
import { call } from '../api.ts';
import { useMay } from '../may.ts';
import { FormError } from '../shell/form-error.tsx';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { TextInput } from '../ui/text-input.tsx';

/** Asks a server which keys it has. Nothing is believed before a person has compared the fingerprints and taken them over. */
export function HostKeyFetch({ address: proposed, text, onChange }: { address: string; text: string; onChange: (text: string) => void }) {
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
              onChange={(next) => {
                setAddress(next);
                // Keys are those of the server that was asked.
                scan.reset();
              }}
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
      <div aria-live="polite">{scan.data && <Keys address={address.trim()} keys={scan.data} text={text} onChange={onChange} />}</div>
      <FormError error={scan.error} />
    </div>
  );
}

function Keys({ address, keys, text, onChange }: { address: string; keys: HostKeyView[]; text: string; onChange: (text: string) => void }) {
  const lines = keys.map(({ line }) => line);
  const taken = takenOver(text, lines);
  return (
    <div className="flex flex-col items-start gap-2">
      <p className="text-sm font-medium">Keys of {address}</p>
      <ul className="flex flex-col gap-1 text-xs">
        {keys.map(({ type, fingerprint }) => (
          <li key={fingerprint}>
            <span className="font-medium">{type}</span> <code className="text-ink-soft break-all">{fingerprint}</code>
          </li>
        ))}
      </ul>
      <p className="text-ink-soft text-xs">Compare them with what the owner of the server says: whoever has such a key is believed.</p>
      {taken.replaced > 0 && (
        <p className="text-warn text-xs">
          {taken.replaced === 1
            ? 'Another key of this server stands below; it is replaced.'
            : `${taken.replaced} other keys of this server stand below; they are replaced.`}
        </p>
      )}
      <Button size="sm" disabled={taken.added === 0} onClick={() => onChange(taken.text)}>
        {taken.added === 0 ? 'They stand below' : keys.length === 1 ? 'Take it over' : 'Take them over'}
      </Button>
    </div>
  );
}
