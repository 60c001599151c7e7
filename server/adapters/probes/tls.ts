import type { Prober } from '../../ports/probers.ts';
import { inStages, reach, routeTo } from './reach.ts';

/** Connects, agrees on encryption, verifies the certificate, and hangs up. */
export const tlsProber: Prober<'tls-probe'> = (config, context, report) =>
  inStages(config, context, report, async (stages) => {
    const socket = await reach(await routeTo(config, context), true, stages);
    socket.destroy();
  });
