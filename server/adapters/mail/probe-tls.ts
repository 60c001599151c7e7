import { chainEnd, daysUntil, expiresSoonDays, type TlsFacts } from '../../../shared/certificate.ts';
import type { Stages } from './probe-stages.ts';

/** Ends the stage of an encrypted connection: its version, its certificates, and how long they are still valid. */
export function reportTls({ version, cipher, chain }: TlsFacts, stages: Stages): void {
  const end = chainEnd(chain);
  const days = end ? daysUntil(end) : 0;
  const sentence = `${version} (${cipher}), certificate verified, valid for ${days} more ${days === 1 ? 'day' : 'days'}.`;
  stages.found({ certificates: chain }, 'protect');
  if (days < expiresSoonDays) stages.warn('protect', sentence);
  else stages.done('protect', sentence);
}
