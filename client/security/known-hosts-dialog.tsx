import { useState } from 'react';
import type { KnownHostsView } from '../../shared/api/known-hosts.ts';
import { maxKnownHostsLength, readKnownHosts } from '../../shared/known-hosts.ts';
import { call } from '../api.ts';
import { Field } from '../ui/field.tsx';
import { TextArea } from '../ui/text-area.tsx';
import { ArtifactDialog, ArtifactForm, useDeployed, type ArtifactDialogProps, type ArtifactFormProps } from './artifact-dialog.tsx';
import { DescriptionField } from './artifact-fields.tsx';
import { HostKeyFetch } from './host-key-fetch.tsx';
import { MaterialTest } from './material-test.tsx';
import { NameField } from './name-field.tsx';
import { FileButton } from './pem-input.tsx';

/** Says which keys SSH servers have: typed, from a file, or from what a server shows. */
export function KnownHostsDialog(props: ArtifactDialogProps<KnownHostsView>) {
  return (
    <ArtifactDialog
      {...props}
      title="Known Hosts"
      about="The keys of SSH servers. Mailroom signs in only at a server that has the key that stands here."
      form={KnownHostsForm}
    />
  );
}

function KnownHostsForm({ id, initial, existing, ...given }: ArtifactFormProps<KnownHostsView>) {
  const [name, setName] = useState(existing?.name ?? initial?.name ?? '');
  const [text, setText] = useState(existing?.text ?? '');
  const [description, setDescription] = useState(existing?.description ?? '');
  const { deploy, problemOf } = useDeployed(given, {
    list: 'listKnownHosts',
    save: async () =>
      existing
        ? call('saveKnownHosts', { params: { name: existing.name }, body: { description, text } })
        : call('createKnownHosts', { body: { name: name.trim(), description, text } }),
  });
  const [problem] = text.trim() === '' ? [] : readKnownHosts(text).problems;
  const add = (lines: string[]) => setText((before) => [before.trimEnd(), ...lines].filter(Boolean).join('\n').concat('\n'));
  return (
    <ArtifactForm id={id} deploy={deploy}>
      {!existing && <NameField name={name} onChange={setName} problem={problemOf('name')} />}
      <HostKeyFetch address={initial?.host ?? ''} text={text} onChange={setText} />
      <Field
        label="Lines"
        help={
          problem ? undefined : 'As in a known_hosts file of OpenSSH: host names, key type, key. Hashed names and @revoked are understood.'
        }
        error={problemOf('text') ?? (problem && `Line ${problem.line}: ${problem.reason}.`)}
        isRequired
      >
        {(ids) => (
          <div className="flex flex-col items-start gap-2">
            <TextArea
              {...ids}
              required
              rows={5}
              maxLength={maxKnownHostsLength}
              spellCheck={false}
              placeholder="sftp.example.com ssh-ed25519 AAAA…"
              value={text}
              onChange={setText}
              className="font-mono text-xs"
            />
            <FileButton label="Choose a file…" accept="*" onBytes={(bytes) => add(new TextDecoder().decode(bytes).split('\n'))} />
          </div>
        )}
      </Field>
      <DescriptionField value={description} onChange={setDescription} problem={problemOf('description')} />
      {existing && <MaterialTest kind="known-hosts" name={existing.name} value={text.trim() === '' ? {} : { knownHosts: text }} />}
    </ArtifactForm>
  );
}
