import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { Button } from './button.tsx';
import type { FieldIds } from './field.tsx';
import { TextInput } from './text-input.tsx';
import { toast } from './toast.tsx';

/** A text to take elsewhere. Inside a Field pass its `ids` instead of a label. */
export function CopyField({ value, label, ids }: { value: string; label?: string; ids?: FieldIds }) {
  const [isCopied, setIsCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      setIsCopied(true);
    } catch {
      // Refused by the browser, or absent over plain HTTP from another machine.
      toast({ text: 'The browser did not allow copying.', remedy: 'Select the text and copy it by hand.', tone: 'warn' });
    }
  };
  return (
    <div className="flex gap-2">
      <TextInput
        {...ids}
        readOnly
        aria-label={label}
        value={value}
        onChange={() => undefined}
        onFocus={(event) => event.currentTarget.select()}
        className="font-mono"
      />
      <Button icon={isCopied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />} onClick={() => void copy()}>
        {isCopied ? 'Copied' : 'Copy'}
      </Button>
    </div>
  );
}
