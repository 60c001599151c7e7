/**
 * The document shown for an HTML mail in a frame with an empty `sandbox`: no script, no form, no navigation, no origin.
 * The policy also keeps it from loading anything, so that opening a mail tells its sender nothing; pictures inside the mail (data:) show.
 */
export function mailDocument(html: string): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
  return `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="referrer" content="no-referrer">${html}`;
}
