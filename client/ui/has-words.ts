/** Whether each word of the query is somewhere in the text, as "new york" is in America/New_York. */
export function hasWords(text: string, query: string): boolean {
  const words = (of: string) => of.toLowerCase().split(/[\s_/]+/);
  const plain = words(text).join(' ');
  return words(query.trim()).every((word) => plain.includes(word));
}
