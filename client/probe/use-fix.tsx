import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { fieldsOf, configView, type AnyDescription } from '../../shared/catalog/define.ts';
import type { CertificateFacts } from '../../shared/certificate.ts';
import { textIn, type Fix } from '../../shared/fixes.ts';
import type { FlowNode } from '../../shared/flow.ts';
import { parseAddress } from '../../shared/mail-address.ts';
import { call, callUntil } from '../api.ts';
import { setFields } from '../editor/document.ts';
import { useEditorStore } from '../editor/store.ts';
import { authorize, openProviderTab } from '../security/authorize.ts';
import { CredentialDialog } from '../security/credential-dialog.tsx';
import { OAuth2Dialog } from '../security/oauth2-dialog.tsx';
import { useArtifacts } from '../security/use-artifacts.ts';
import { ProposeDialog } from '../settings/propose-dialog.tsx';
import { proposedUser } from '../settings/proposed-users.ts';
import { toast } from '../ui/toast.tsx';
import { mailFoldersKey } from './mail-folders.ts';
import { probeKeys } from './probe-stream.ts';

/** Until a mail server has created a folder, in ms. */
const createDeadlineMs = 5 * 60_000;

export interface Fixing {
  fix: (fix: Fix) => void;
  /** The fix that is under way. */
  busy: Fix | undefined;
  dialogs: ReactNode;
}

/**
 * What the buttons of the checklist and of the connection test do, on the form of one channel.
 *
 * @param retest runs the connection test again after a fix that it asked for
 */
export function useFix(
  node: FlowNode,
  description: AnyDescription,
  { wasTested, retest, onField }: { wasTested: boolean; retest: () => void; onField: (field: string) => void },
): Fixing {
  const store = useEditorStore();
  const queryClient = useQueryClient();
  const { facts, credentials, oauth2Credentials } = useArtifacts();
  const [opened, setOpened] = useState<{ change?: string; testsAgain: boolean }>();
  const [isProposing, setIsProposing] = useState(false);
  const view = configView(description, node.config);
  const host = parseAddress(textIn(view, 'address'), 1)?.host;
  const user = proposedUser(host);
  const typedName = textIn(view, 'credential');

  const setValues = (label: string, values: Record<string, unknown>) =>
    store.getState().change(label, (document) => setFields(document, node.id, values));

  const slow = useMutation({
    // A fix drops what was tested before: whether there was a test is asked when the button is pressed.
    mutationFn: async ({ fix }: { fix: Fix; testsAgain: boolean }) => {
      if (fix.kind === 'create-folder') {
        const { path, folders } = await callUntil(
          'createMailFolder',
          { body: { type: node.type, config: node.config, name: fix.folder } },
          undefined,
          createDeadlineMs,
        );
        queryClient.setQueryData(mailFoldersKey(probeKeys(description, node.config)), { folders });
        setValues(fix.label, { [fix.field]: path });
        toast({ text: `The folder '${path}' is there now.`, tone: 'good' });
      }
      if (fix.kind === 'trust-certificate') {
        const name = await deployCertificate(fix.certificate, host ?? 'mail-server');
        await queryClient.invalidateQueries({ queryKey: ['listCertificates'] });
        setValues(fix.label, { [fix.field]: name });
        toast({ text: `The certificate is deployed as '${name}' and trusted for this server.`, tone: 'good' });
      }
    },
    onSuccess: (_done, { testsAgain }) => {
      if (testsAgain) retest();
    },
  });

  const fix = (wanted: Fix) => {
    switch (wanted.kind) {
      case 'field':
        return onField(wanted.field);
      case 'test-connection':
        return retest();
      case 'create-credential':
        return setOpened({ testsAgain: wasTested });
      case 'propose-settings':
        return setIsProposing(true);
      case 'authorize':
        return void authorize(wanted.name, openProviderTab());
      case 'change-credential':
        return setOpened({ change: wanted.name, testsAgain: wasTested });
      case 'set':
        setValues(wanted.label, wanted.values);
        return wasTested ? retest() : undefined;
      default:
        return slow.isPending ? undefined : slow.mutate({ fix: wanted, testsAgain: wasTested });
    }
  };

  const isNameFree = typedName !== '' && !facts.credentials.some(({ name }) => name === typedName);
  const field = fieldsOf(description).find(({ info }) => info.control === 'credential' && info.required);
  const isChanged = ({ name }: { name: string }) => name === opened?.change;
  const dialog = {
    isOpen: opened !== undefined,
    onClose: () => setOpened(undefined),
    initial: {
      ...(isNameFree ? { name: typedName } : {}),
      ...(host === undefined ? {} : { host }),
      ...(user === undefined ? {} : { user }),
    },
    onDeployed: ({ name }: { name: string }) => {
      if (field) setValues('Set Credential Name', { [field.key]: name });
      setOpened(undefined);
      if (opened?.testsAgain) retest();
    },
  };
  return {
    fix,
    busy: slow.isPending ? slow.variables.fix : undefined,
    dialogs: (
      <>
        <ProposeDialog node={node} isOpen={isProposing} onClose={() => setIsProposing(false)} />
        {field?.info.credential?.kind(view) === 'oauth2' ? (
          <OAuth2Dialog {...dialog} existing={oauth2Credentials.find(isChanged)} />
        ) : (
          <CredentialDialog {...dialog} existing={credentials.find(isChanged)} />
        )}
      </>
    ),
  };
}

/** Deploys a certificate as a trusted one, unless it is already. @returns the name of the artifact */
async function deployCertificate({ pem, fingerprint256, subject }: CertificateFacts, host: string): Promise<string> {
  const { items } = await call('listCertificates');
  const same = items.find(({ certificates: [first, ...others] }) => first?.fingerprint256 === fingerprint256 && others.length === 0);
  if (same) return same.name;
  const wanted = host.replaceAll(/[^\w.@-]/g, '-');
  const taken = new Set(items.map(({ name }) => name));
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) name = `${wanted}-${number}`;
  const deployed = await call('createCertificate', { body: { name, pem, description: `Shown by ${host}: ${subject}` } });
  return deployed.name;
}
