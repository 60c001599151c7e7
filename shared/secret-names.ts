/** Headers and properties whose values open doors, by their names: `authorization`, `x-api-key`, `session_token` … */
const secretName =
  /^(proxy-)?authorization$|^(set-)?cookie2?$|pass(word|wd|phrase)|secret|token|api[-_.]?key|access[-_.]?key|private[-_.]?key|credential/i;

export function isSecretName(name: string): boolean {
  return secretName.test(name);
}
