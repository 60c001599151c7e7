/**
 * Joins the lines of a `format=flowed` text (RFC 3676, section 4): a space at the end of a line says that the next one goes on.
 * Only lines of the same quote depth are joined; `-- ` before a signature is a line of its own.
 *
 * @param text lines ended by LF
 * @param deletesSpace the parameter `DelSp=yes`: the space is not part of the text
 */
export function unfoldFlowed(text: string, deletesSpace: boolean): string {
  const paragraphs: { depth: number; pieces: string[] }[] = [];
  let isOpen = false;
  for (const line of text.split('\n')) {
    const depth = quoteDepth(line);
    const content = unstuffed(line.slice(depth));
    const current = paragraphs.at(-1);
    const isSignature = content === '-- ';
    if (isOpen && current?.depth === depth && !isSignature) current.pieces.push(content);
    else paragraphs.push({ depth, pieces: [content] });
    isOpen = content.endsWith(' ') && !isSignature;
    if (isOpen && deletesSpace) paragraphs.at(-1)?.pieces.push((paragraphs.at(-1)?.pieces.pop() ?? '').slice(0, -1));
  }
  return paragraphs.map(({ depth, pieces }) => (depth > 0 ? `${'>'.repeat(depth)} ` : '') + pieces.join('')).join('\n');
}

function quoteDepth(line: string): number {
  let depth = 0;
  while (line[depth] === '>') depth += 1;
  return depth;
}

/** RFC 3676, section 4.4. */
function unstuffed(line: string): string {
  return line.startsWith(' ') ? line.slice(1) : line;
}
