import type { HttpParts } from './parts.ts';

export function flowFileRoutes(_parts: HttpParts) {
  return {};
}
