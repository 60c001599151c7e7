import { mayAny, type Wanted } from '../shared/roles.ts';
import { useRoute } from './api.ts';

/** Whether the visitor may do what a route with this `may` does. The server decides; this is for what is shown. */
export function useMay(wanted: Wanted): boolean {
  const session = useRoute('getSession', {});
  return mayAny(session.data?.user?.may ?? [], wanted);
}
