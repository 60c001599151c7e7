import type { HttpParts } from './parts.ts';
import type { Handlers } from './route.ts';

export function settingRoutes({ retention }: HttpParts): Pick<Handlers, 'getRetention' | 'setRetention'> {
  return {
    getRetention: () => retention.get(),
    async setRetention({ body, note }) {
      note({ name: 'retention', before: await retention.get(), after: body });
      return retention.set(body);
    },
  };
}
