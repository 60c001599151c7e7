import { useMutation } from '@tanstack/react-query';
import { Search } from 'lucide-react';
import { useId, useState } from 'react';
import { parseEmail } from '../../shared/email-address.ts';
import { protectionName } from '../../shared/fixes.ts';
import type { MailProposal } from '../../shared/mail-proposal.ts';
import { asApiError, call } from '../api.ts';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { Field } from '../ui/field.tsx';
import { TextInput } from '../ui/text-input.tsx';

const protocolNames = { imap4: 'IMAP4', pop3: 'POP3' };
const authenticationNames = {
  encrypted: 'Encrypted User/Password',
  plain: 'Plain User/Password',
  oauth2: 'OAuth2 Authorization Code',
};

/** Asks for an e-mail address and shows the settings that were found for it. One is chosen; applying it is for the caller. */
export function SettingsFinder({
  type,
  help,
  chosen,
  onChoose,
}: {
  type: string;
  help: string;
  chosen: MailProposal | undefined;
  onChoose: (proposal: MailProposal | undefined) => void;
}) {
  const [email, setEmail] = useState('');
  const [isAsked, setIsAsked] = useState(false);
  const find = useMutation({
    mutationFn: async (wanted: string) => call('proposeMailSettings', { body: { type, email: wanted } }),
    meta: { isShown: true },
    onSuccess: ({ proposals }) => onChoose(proposals[0]),
  });
  const isAddress = parseEmail(email) !== undefined;
  const search = () => {
    setIsAsked(true);
    if (isAddress && !find.isPending) find.mutate(email);
  };
  return (
    <div className="flex flex-col gap-3">
      <Field label="E-mail address" help={help} error={isAsked && !isAddress ? 'An e-mail address, such as ada@example.com.' : undefined}>
        {(ids) => (
          <div className="flex gap-2">
            <TextInput
              {...ids}
              type="email"
              autoComplete="off"
              spellCheck={false}
              maxLength={320}
              placeholder="ada@example.com"
              value={email}
              onChange={(text) => {
                setEmail(text);
                setIsAsked(false);
                find.reset();
                onChoose(undefined);
              }}
              onKeyDown={(event) => {
                // Enter looks for settings first; only then it sends the form around it.
                if (event.key !== 'Enter' || email === '' || find.data) return;
                event.preventDefault();
                search();
              }}
            />
            <Button icon={<Search size={14} aria-hidden />} isBusy={find.isPending} onClick={search}>
              Find settings
            </Button>
          </div>
        )}
      </Field>
      <output aria-label="Settings found" className="block">
        {find.isPending && (
          <p className="text-ink-soft text-xs">Looking at known services, at the name server and at the domain’s autoconfig…</p>
        )}
        {find.error && (
          <p className="text-xs">
            <span className="text-bad">{asApiError(find.error).message}</span>{' '}
            <span className="text-ink-soft">{asApiError(find.error).remedy}</span>
          </p>
        )}
        {find.data && <Found email={email} {...find.data} chosen={chosen} onChoose={onChoose} />}
      </output>
    </div>
  );
}

interface FoundProps {
  email: string;
  proposals: MailProposal[];
  notes: string[];
  chosen: MailProposal | undefined;
  onChoose: (proposal: MailProposal) => void;
}

function Found({ email, proposals, notes, chosen, onChoose }: FoundProps) {
  const name = useId();
  return (
    <div className="flex flex-col gap-2">
      {proposals.length === 0 && (
        <p className="text-sm">
          No settings were found for {parseEmail(email)?.domain ?? email}.{' '}
          <span className="text-ink-soft">Ask who runs the mailbox for the name of the IMAP or POP3 server, and type it as Address.</span>
        </p>
      )}
      {proposals.length > 0 && (
        <div role="radiogroup" aria-label="Proposed settings" className="flex flex-col gap-2">
          {proposals.map((proposal) => (
            <Choice
              key={`${proposal.protocol} ${proposal.address} ${proposal.protection}`}
              name={name}
              proposal={proposal}
              isChosen={proposal === chosen}
              onChoose={() => onChoose(proposal)}
            />
          ))}
        </div>
      )}
      {notes.map((note) => (
        <p key={note} className="text-ink-faint text-xs">
          {note}
        </p>
      ))}
    </div>
  );
}

function Choice({ name, proposal, isChosen, onChoose }: { name: string; proposal: MailProposal; isChosen: boolean; onChoose: () => void }) {
  const { protocol, address, protection, authentication, user, sources, advice } = proposal;
  return (
    <label
      className={classNames(
        'flex cursor-pointer items-start gap-2.5 rounded-md border px-3 py-2.5',
        'has-focus-visible:outline-accent has-focus-visible:outline-2 has-focus-visible:outline-offset-1',
        isChosen ? 'border-accent bg-accent-soft' : 'border-line-strong bg-surface hover:bg-sunken',
      )}
    >
      <input
        type="radio"
        name={name}
        checked={isChosen}
        onChange={onChoose}
        className="border-line-strong checked:border-accent mt-0.5 size-3.5 shrink-0 appearance-none rounded-full border outline-none checked:border-4"
      />
      <span className="min-w-0 flex-1">
        <span className="block font-medium break-words">
          {protocolNames[protocol]} at {address}
        </span>
        <span className="text-ink-soft block text-xs break-words">
          {protectionName(protocol, protection)}, {authenticationNames[authentication]}, user {user}
        </span>
        <span className="text-ink-soft block text-xs break-words">{sources.join('; ')}</span>
        {isChosen &&
          advice.map((sentence) => (
            <span key={sentence} className="mt-1 block text-xs break-words">
              {sentence}
            </span>
          ))}
      </span>
    </label>
  );
}

/** The fields of the Mail sender that a proposal fills. */
export function valuesOf({ protocol, address, protection, authentication }: MailProposal): Record<string, unknown> {
  return { protocol, address, protection, authentication };
}
