import { asApiError, call } from '../api.ts';
import { toast } from '../ui/toast.tsx';

/** The tab in which a person signs in at the provider. */
export type ProviderTab = Window | null;

/** To be called while the press of a button is handled: browsers block windows that open later. */
export function openProviderTab(): ProviderTab {
  return window.open('', '_blank');
}

/**
 * Leads the tab to the provider of an OAuth2 artifact. It comes back to a page of ours (authorized-page.tsx); that the artifact
 * is authorized then is told by the live events.
 */
export async function authorize(name: string, tab: ProviderTab): Promise<void> {
  try {
    const { url } = await call('authorizeOAuth2Credential', { params: { name } });
    if (tab) {
      // The provider's page has no business with ours.
      tab.opener = null;
      tab.location.replace(url);
      return;
    }
    toast({
      text: 'The browser blocked the window of the provider.',
      tone: 'warn',
      action: { label: 'Open it', onSelect: () => window.open(url, '_blank', 'noopener') },
    });
  } catch (error) {
    tab?.close();
    const { message, remedy } = asApiError(error);
    toast({ text: message, remedy, tone: 'bad' });
  }
}
