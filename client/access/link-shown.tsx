import type { WelcomeLink } from '../../shared/api/users.ts';
import { CopyField } from '../ui/copy-field.tsx';
import { absoluteTime } from '../ui/time-words.ts';

/** The link by which a person chooses a password, this one time. */
export function LinkShown({ link, until, name }: WelcomeLink & { name: string }) {
  return (
    <div className="flex flex-col gap-2">
      <p>
        Send this link to {name} on a way that nobody else reads. Whoever opens it first chooses the password; it works once, until{' '}
        {absoluteTime(new Date(until)).local}.
      </p>
      <CopyField label="Link" value={link} />
    </div>
  );
}
