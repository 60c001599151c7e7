import { readdirSync } from 'node:fs';
import path from 'node:path';

/**
 * Variables under which a process sees the time of day shifted, such as `+1h`, by the package libfaketime. Its monotonic clock
 * stays: that of a machine runs on as well when somebody sets its time of day.
 */
export function wrongClock(shift: string): Record<string, string> {
  const library = readdirSync('/usr/lib')
    .map((name) => path.join('/usr/lib', name, 'faketime'))
    .find((directory) => {
      try {
        return readdirSync(directory).includes('libfaketimeMT.so.1');
      } catch {
        return false;
      }
    });
  if (library === undefined) throw new Error('There is no libfaketime: apt-get install faketime');
  return {
    LD_PRELOAD: path.join(library, 'libfaketimeMT.so.1'),
    FAKETIME: shift,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
  };
}
