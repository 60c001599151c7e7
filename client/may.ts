import { mayAny, permissionWords, roleTable, type Wanted } from '../shared/roles.ts';
import { useRoute } from './api.ts';

/** Whether the visitor may do what a route with this `may` does. The server decides; this is for what is shown. */
export function useMay(wanted: Wanted): boolean {
  const session = useRoute('getSession', {});
  return mayAny(session.data?.user?.may ?? [], wanted);
}

/** The same for several questions at once. */
export function useMayCheck(): (wanted: Wanted) => boolean {
  const held = useRoute('getSession', {}).data?.user?.may ?? [];
  return (wanted) => mayAny(held, wanted);
}

/** Why the visitor may not, for buttons that stay visible; undefined when they may, and until it is known. */
export function useWhyNot(wanted: Wanted): string | undefined {
  const user = useRoute('getSession', {}).data?.user;
  if (!user || mayAny(user.may, wanted)) return undefined;
  const [first] = typeof wanted === 'string' ? [wanted] : wanted;
  const what = first === undefined || first === 'anyone' ? 'do this' : permissionWords[first];
  return `With the role ${roleTable[user.role].title} you may not ${what.replaceAll(' and ', ' or ')}.`;
}
