import { Field } from '../ui/field.tsx';
import { RadioGroup } from '../ui/radio-group.tsx';
import { TextArea } from '../ui/text-area.tsx';
import { TextInput } from '../ui/text-input.tsx';
import type { DraftProps } from './alert-target-dialog.tsx';
import { CredentialPick } from './credential-pick.tsx';
import { hostOfDraft } from './target-draft.ts';

export function WebhookFields({ draft, set, problemOf }: DraftProps) {
  const host = hostOfDraft(draft);
  return (
    <>
      <Field label="Address" help="Alerts are sent here with POST, as JSON." error={problemOf('url')} isRequired>
        {(ids) => (
          <TextInput
            {...ids}
            required
            maxLength={2_000}
            inputMode="url"
            spellCheck={false}
            value={draft.url}
            onChange={(url) => set({ url })}
            placeholder="https://ops.example.com/hooks/mailroom"
          />
        )}
      </Field>
      <Field label="Authentication">
        {(_, labelId) => (
          <RadioGroup
            aria-labelledby={labelId}
            value={draft.webhookAuthentication}
            options={{ none: 'None', basic: 'Basic', bearer: 'Bearer token' }}
            onChange={(webhookAuthentication) => set({ webhookAuthentication })}
          />
        )}
      </Field>
      {draft.webhookAuthentication !== 'none' && (
        <CredentialPick
          label="Credential Name"
          help={
            draft.webhookAuthentication === 'basic'
              ? 'The User Credentials artifact that holds user and password.'
              : 'The User Credentials artifact whose password is the token.'
          }
          error={problemOf('credential')}
          isRequired
          host={host}
          name={draft.webhookCredential}
          onChange={(webhookCredential) => set({ webhookCredential })}
        />
      )}
      <CredentialPick
        label="Signing credential"
        help="Its password signs each request (HMAC-SHA-256, Standard Webhooks), so that the receiver can tell it is from here. Empty: not signed."
        error={problemOf('signingCredential')}
        host={host}
        name={draft.signingCredential}
        onChange={(signingCredential) => set({ signingCredential })}
      />
      <Field
        label="Headers"
        help="Further ones, one a line. Not for secrets: they are shown to everybody here."
        error={problemOf('headers')}
      >
        {(ids) => (
          <TextArea
            {...ids}
            rows={2}
            className="font-mono"
            value={draft.headers}
            onChange={(headers) => set({ headers })}
            placeholder="X-Team: integration"
          />
        )}
      </Field>
    </>
  );
}
