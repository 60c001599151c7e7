import { CircleAlert } from 'lucide-react';
import { asApiError } from '../api.ts';

/** Why a form was refused, above its buttons. Problems of single fields are shown at the fields. */
export function FormError({ error }: { error: unknown }) {
  if (!error) return null;
  const { message, remedy, problems } = asApiError(error);
  return (
    <div role="alert" className="bg-bad-soft flex items-start gap-2 rounded-md px-3 py-2">
      <CircleAlert size={15} className="text-bad mt-0.5 shrink-0" aria-hidden />
      <div className="min-w-0">
        <p className="font-medium break-words">{problems.length > 0 ? 'Some fields are not valid.' : message}</p>
        <p className="text-ink-soft">{problems.length > 0 ? 'Correct the marked fields and send again.' : remedy}</p>
      </div>
    </div>
  );
}
