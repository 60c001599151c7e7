/** What an HTML mail may say about its looks: nothing that loads, covers what is not its own, or runs. */

const maxStyleChars = 8 * 1024;

const properties = new Set(
  (
    'background background-color border border-bottom border-bottom-color border-bottom-style border-bottom-width border-collapse ' +
    'border-color border-left border-left-color border-left-style border-left-width border-radius border-right border-right-color ' +
    'border-right-style border-right-width border-spacing border-style border-top border-top-color border-top-style border-top-width ' +
    'border-width clear color direction display float font font-family font-size font-style font-variant font-weight height ' +
    'letter-spacing line-height list-style-type margin margin-bottom margin-left margin-right margin-top max-height max-width min-height ' +
    'min-width overflow-wrap padding padding-bottom padding-left padding-right padding-top table-layout text-align text-decoration ' +
    'text-indent text-transform vertical-align white-space width word-break word-spacing word-wrap'
  ).split(' '),
);

/** Words, numbers, units, names of fonts in quotes. No backslash, so that no word is written in another way. */
const plain = /^(?:[\w\s#%.,!+-]|"[\w .-]*"|'[\w .-]*'|(?:rgb|rgba|hsl|hsla)\([\d\s,.%/]*\))*$/i;

/** The declarations of a `style` attribute that are allowed, written anew. */
export function safeStyle(style: string): string {
  if (style.length > maxStyleChars) return '';
  const allowed: string[] = [];
  for (const declaration of style.split(';')) {
    const at = declaration.indexOf(':');
    const name = declaration.slice(0, Math.max(0, at)).trim().toLowerCase();
    const value = declaration.slice(at + 1).trim();
    if (properties.has(name) && value !== '' && plain.test(value)) allowed.push(`${name}:${value}`);
  }
  return allowed.join(';');
}
