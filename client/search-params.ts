/** Filters in the address as plain text: `?status=FAILED&search=order`, without the JSON that the router writes by itself. */

export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

/** Undefined and empty values are left out. */
export function stringifySearch(values: Record<string, unknown>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== '');
  // A comma needs no escape in a query (RFC 3986, 3.4), and lists are easier to read with it.
  const text = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString().replaceAll('%2C', ',');
  return text ? `?${text}` : '';
}
