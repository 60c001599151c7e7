import { describe, expect, it } from 'vitest';
import { safeFileName } from './downloads.ts';

describe('safeFileName', () => {
  it.each([
    ['invoice.pdf', 'invoice.pdf'],
    ['Rechnung März.pdf', 'Rechnung März.pdf'],
    ['../../etc/passwd', '_.._etc_passwd'],
    ['C:\\Users\\x.exe', 'C_Users_x.exe'],
    ['a\r\nSet-Cookie: x.txt', 'a_Set-Cookie_ x.txt'],
    ['invoice\u202Efdp.exe', 'invoice_fdp.exe'],
    ['"quoted".txt', '_quoted_.txt'],
    ['...', 'unnamed'],
    ['', 'unnamed'],
  ])('turns %j into %j', (name, safe) => {
    expect(safeFileName(name)).toBe(safe);
  });

  it('shortens a long name and keeps its extension', () => {
    const safe = safeFileName(`${'x'.repeat(10_000)}.pdf`);
    expect(safe).toHaveLength(150);
    expect(safe.endsWith('.pdf')).toBe(true);
  });
});
