/** Time zones by their IANA names; what they mean is known to the browser and to Node. */

export function isTimeZone(name: string): boolean {
  // Newer engines also take offsets such as +05:30, which know nothing of summer time.
  if (!/^[a-z]/i.test(name) || name.length > 64) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) instanceof Intl.DateTimeFormat;
  } catch {
    return false;
  }
}

/** How far the clocks of a zone are ahead of UTC at this moment, in minutes. */
export function utcOffsetMin(zone: string, at: Date): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(at);
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours = '0', minutes = '0'] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
