/** Which part of the page of alerts is shown; kept in the address. */
export const alertParts = ['open', 'history', 'rules', 'targets'] as const;
export type AlertPart = (typeof alertParts)[number];

export interface AlertsShown {
  show?: AlertPart;
}

/** Reads it from an address; what is not understood is left out. */
export function readAlertsShown(params: Record<string, unknown>): AlertsShown {
  const show = alertParts.find((part) => part === params['show']);
  return show === undefined || show === 'open' ? {} : { show };
}
