import { plainText } from '../../shared/plain-text.ts';

/** A name, subject or address that somebody else has written: it can't turn around what stands beside it, and hides nothing. */
export function ForeignText({ text }: { text: string }) {
  return <bdi>{plainText(text)}</bdi>;
}
