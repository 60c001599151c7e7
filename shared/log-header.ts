/** `name=value` of a header that the flow keeps for the log. The name holds no `=`; the value may. */
export function readLogHeader(text: string): { name: string; value: string } | undefined {
  const at = text.indexOf('=');
  const [name, value] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  return at > 0 && name !== '' && value !== '' ? { name, value } : undefined;
}
