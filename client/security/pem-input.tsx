import { Upload } from 'lucide-react';
import { useRef } from 'react';
import { Button } from '../ui/button.tsx';
import type { FieldIds } from '../ui/field.tsx';
import { TextArea } from '../ui/text-area.tsx';
import { toast } from '../ui/toast.tsx';
import { pemOf } from './pem.ts';

/** Larger than any chain of certificates, in bytes. */
export const maxFileBytes = 140_000;

/** PEM, pasted or from a file. */
export function PemInput({
  ids,
  value,
  onChange,
  placeholder,
  isRequired = false,
}: {
  ids: FieldIds;
  value: string;
  onChange: (value: string) => void;
  placeholder: string;
  isRequired?: boolean;
}) {
  return (
    <div className="flex flex-col items-start gap-2">
      <TextArea
        {...ids}
        required={isRequired}
        rows={4}
        spellCheck={false}
        placeholder={placeholder}
        value={value}
        onChange={onChange}
        className="font-mono text-xs"
      />
      <FileButton label="Choose a file…" accept=".pem,.crt,.cer,.der,.key,.p7b,.txt" onBytes={(bytes) => onChange(pemOf(bytes))} />
    </div>
  );
}

/** Hands over what is in a file that a person chooses. Inside a Field of its own pass its `ids`. */
export function FileButton({
  label,
  accept,
  ids,
  onBytes,
}: {
  label: string;
  accept: string;
  ids?: FieldIds;
  onBytes: (bytes: Uint8Array, name: string) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const read = async (file: File | undefined) => {
    if (!file) return;
    if (file.size > maxFileBytes) {
      toast({ text: `'${file.name}' is too large to be a certificate or key.`, tone: 'warn' });
      return;
    }
    onBytes(new Uint8Array(await file.arrayBuffer()), file.name);
  };
  return (
    <>
      <input
        {...(ids ?? { 'aria-label': label })}
        ref={input}
        type="file"
        accept={accept}
        tabIndex={-1}
        className="sr-only"
        onChange={(event) => {
          void read(event.currentTarget.files?.[0]);
          // So that the same file can be chosen again after it was changed.
          event.currentTarget.value = '';
        }}
      />
      <Button size="sm" icon={<Upload size={13} aria-hidden />} onClick={() => input.current?.click()}>
        {label}
      </Button>
    </>
  );
}
