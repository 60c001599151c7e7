import { streamRoute } from './route.ts';

/** What the API says of itself. */

export const descriptionStreams = {
  getOpenApi: streamRoute({ may: 'see', method: 'GET', path: '/openapi.json', summary: 'This description', type: 'application/json' }),
  getFlowSchema: streamRoute({
    may: 'see',
    method: 'GET',
    path: '/schemas/flow.json',
    summary: 'The JSON Schema of flow files',
    type: 'application/json',
  }),
};
