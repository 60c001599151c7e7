import { CircleAlert, TriangleAlert } from 'lucide-react';
import { useId, type ReactNode } from 'react';

/** Spread over the control: ties label, help and error to it. A RadioGroup takes `labelId` as `aria-labelledby`. */
export interface FieldIds {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': boolean | undefined;
  'aria-required': boolean | undefined;
}

export interface FieldProps {
  label: string;
  help?: ReactNode;
  error?: string;
  warning?: string;
  /** Shown behind the control: ms, MB, min … */
  unit?: string;
  isRequired?: boolean;
  /** The control stands before its label, as a switch does. */
  isInline?: boolean;
  /** At the right of the label, such as a button of the field. */
  action?: ReactNode;
  /** Where something else refers to the label, too. */
  labelId?: string;
  children: (ids: FieldIds, labelId: string) => ReactNode;
}

export function Field({
  label,
  help,
  error,
  warning,
  unit,
  isRequired = false,
  isInline = false,
  action,
  labelId: givenLabelId,
  children,
}: FieldProps) {
  const id = useId();
  const labelId = givenLabelId ?? `${id}-label`;
  const helpId = help ? `${id}-help` : undefined;
  const errorId = error ? `${id}-error` : undefined;
  const warningId = warning ? `${id}-warning` : undefined;
  const describedBy = [errorId, warningId, helpId].filter(Boolean).join(' ') || undefined;
  const control = children(
    { id, 'aria-describedby': describedBy, 'aria-invalid': error ? true : undefined, 'aria-required': isRequired || undefined },
    labelId,
  );
  const name = (
    <label id={labelId} htmlFor={id} className="font-medium">
      {label}
    </label>
  );
  const below = (
    <>
      {error && (
        <p id={errorId} className="text-bad flex gap-1.5 text-xs">
          <CircleAlert size={14} className="mt-px shrink-0" aria-hidden />
          {error}
        </p>
      )}
      {warning && (
        <p id={warningId} className="text-warn flex gap-1.5 text-xs">
          <TriangleAlert size={14} className="mt-px shrink-0" aria-hidden />
          {warning}
        </p>
      )}
      {help && (
        <p id={helpId} className="text-ink-faint text-xs">
          {help}
        </p>
      )}
    </>
  );
  if (isInline) {
    return (
      <div className="flex items-start gap-3 text-sm">
        {control}
        <div className="flex min-w-0 flex-1 flex-col gap-1">
          {name}
          {below}
        </div>
        {action && <span className="-my-1">{action}</span>}
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-1">
      <div className="flex items-baseline justify-between gap-2 text-sm">
        {name}
        {isRequired && (
          // The control says it with aria-required.
          <span aria-hidden className="text-ink-faint ml-auto text-xs">
            required
          </span>
        )}
        {action && <span className="-my-1.5 self-center">{action}</span>}
      </div>
      <div className="flex items-center gap-2">
        <div className={unit ? 'w-32 min-w-0' : 'min-w-0 flex-1'}>{control}</div>
        {unit && <span className="text-ink-soft shrink-0 text-xs">{unit}</span>}
      </div>
      {below}
    </div>
  );
}
