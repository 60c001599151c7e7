/** Where to go after sign-in: `to` if it is a path of this site, else the start. `//host` and `/\host` would leave it. */
export function ownPath(to: string | undefined): string {
  return to && /^\/(?![/\\])/.test(to) ? to : '/';
}
