import type { HttpParts } from './parts.ts';
import { presentErasure } from './present.ts';
import type { Handlers } from './route.ts';
import { nameOf, visitorOf } from './visitor.ts';

/** Every mail is looked at: minutes, where there are a million. */
const timeoutMs = 15 * 60_000;

export function erasureRoutes({ erasure, log }: HttpParts): Pick<Handlers, 'findPersonsMails' | 'erasePersonsMails'> {
  return {
    findPersonsMails: async ({ body }) => presentErasure(await erasure.find(body.address, AbortSignal.timeout(timeoutMs))),

    async erasePersonsMails({ body, request }) {
      const by = nameOf(visitorOf(request));
      const counts = await erasure.erase(body.address, by, AbortSignal.timeout(timeoutMs));
      log.info({ by, ...counts }, "erased one person's mails");
      return presentErasure(counts);
    },
  };
}
