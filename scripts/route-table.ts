import type { Plugin } from 'vite';
import { routes } from '../shared/api.ts';

const name = 'virtual:route-table';

/** Gives the client method and path of each route of shared/api.ts, without the schemas: with them, zod would be part of each first visit. */
export function routeTable(): Plugin {
  const table = Object.entries(routes).map(([route, { method, path }]) => [route, { method, path }]);
  return {
    name: 'route-table',
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load: (id) => (id === `\0${name}` ? `export const routeTable = ${JSON.stringify(Object.fromEntries(table))};` : undefined),
  };
}
