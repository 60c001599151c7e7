import type { HttpParts } from './parts.ts';

export function liveRoutes(_parts: HttpParts) {
  return {};
}
