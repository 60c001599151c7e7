import type { HttpParts } from './parts.ts';
import type { Handlers } from './route.ts';

export function settingRoutes({ retention }: HttpParts): Pick<Handlers, 'getRetention' | 'setRetention'> {
  return {
    getRetention: () => retention.get(),
    setRetention: ({ body }) => retention.set(body),
  };
}
