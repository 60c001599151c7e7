import { flowFileJsonSchema } from '../../shared/flow-file.ts';
import { openApiDocument } from './openapi.ts';
import type { HttpParts } from './parts.ts';
import type { StreamHandlers } from './route.ts';

/** What the API says of itself. */
export function descriptionStreams({ version }: Pick<HttpParts, 'version'>): Pick<StreamHandlers, 'getOpenApi' | 'getFlowSchema'> {
  const description = openApiDocument(version);
  return {
    async getOpenApi({ response }) {
      response.json(description);
    },
    async getFlowSchema({ response }) {
      response.json(flowFileJsonSchema());
    },
  };
}
