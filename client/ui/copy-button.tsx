import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { Button } from './button.tsx';
import { toast } from './toast.tsx';

/** Puts a text on the clipboard. */
export function CopyButton({ text, children = 'Copy' }: { text: string; children?: string }) {
  const [copied, setCopied] = useState<string>();
  const isCopied = copied === text;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(text);
    } catch {
      // Refused by the browser, or absent over plain HTTP from another machine.
      toast({ text: 'The browser did not allow copying.', remedy: 'Select the text and copy it by hand.', tone: 'warn' });
    }
  };
  return (
    <Button size="sm" icon={isCopied ? <Check size={13} aria-hidden /> : <Copy size={13} aria-hidden />} onClick={() => void copy()}>
      {isCopied ? 'Copied' : children}
    </Button>
  );
}
