import { z } from 'zod';
import { routes } from '../../shared/api.ts';
import { eventSchema } from '../../shared/api/events.ts';
import { probeBodySchema } from '../../shared/api/mailbox.ts';
import { errorAnswerSchema, type Route } from '../../shared/api/route.ts';
import { keptMailSchema, simulationBodySchema, simulationEventSchema } from '../../shared/api/simulations.ts';
import { probeStageSchema } from '../../shared/probe.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The OpenAPI 3.1 description of the API, made from the table of routes. */
export function openApiDocument(version: string) {
  return {
    openapi: '3.1.0',
    info: { title: 'Mailroom', version, description: 'Flows, deployments, messages and security material of one Mailroom.' },
    servers: [{ url: '/api/v1' }],
    security: [{ token: [] }, { session: [] }],
    paths: pathsOf([...Object.entries(routes).map(([name, route]) => operation(name, route)), ...streams]),
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An API token, created under Security.' },
        session: { type: 'apiKey', in: 'cookie', name: 'mailroom.session_token', description: 'Set by /sign-in.' },
      },
      responses: { Error: { description: 'What happened and what to do', content: json(schemaOf(errorAnswerSchema, 'output')) } },
    },
  };
}

interface Operation {
  path: string;
  method: string;
  description: Record<string, unknown>;
}

function operation(name: string, route: Route): Operation {
  const hasBody = !(route.body instanceof z.ZodNull);
  return {
    path: openApiPath(route.path),
    method: route.method.toLowerCase(),
    description: {
      operationId: name,
      summary: route.summary,
      ...(route.isPublic ? { security: [] } : {}),
      parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query')],
      ...(hasBody ? { requestBody: { required: true, content: json(schemaOf(route.body, 'input')) } } : {}),
      responses: answers('application/json', schemaOf(route.answer, 'output')),
    },
  };
}

/** What is no JSON document, and so stands outside the table. */
const streams: Operation[] = [
  stream('get', '/events', 'What changes, as server-sent events', 'text/event-stream', schemaOf(eventSchema, 'output')),
  stream(
    'post',
    '/probe',
    'Connection test: one stage per line, as it happens',
    'application/x-ndjson',
    schemaOf(probeStageSchema, 'output'),
    json(schemaOf(probeBodySchema, 'input')),
  ),
  stream(
    'post',
    '/simulations',
    'Runs a drawing on one mail: one event per line, as it happens',
    'application/x-ndjson',
    schemaOf(simulationEventSchema, 'output'),
    json(schemaOf(simulationBodySchema, 'input')),
  ),
  stream(
    'post',
    '/simulations/mails',
    'Hands in a mail to simulate with; it is kept for a day at least',
    'application/json',
    schemaOf(keptMailSchema, 'output'),
    { 'message/rfc822': { schema: { type: 'string' } } },
  ),
  stream('get', '/messages/:id/raw', 'The mail as it was received', 'message/rfc822', { type: 'string' }),
  stream('get', '/messages/:id/attachments/:index', 'One attachment of a mail', 'application/octet-stream', { type: 'string' }),
  stream('get', '/quarantine/:id/raw', 'The mail set aside, as it was received', 'message/rfc822', { type: 'string' }),
  stream('get', '/oauth2/callback', 'Where OAuth2 providers send the browser back to; leads on to a page', 'text/html', { type: 'string' }),
  stream('get', '/openapi.json', 'This description', 'application/json', { type: 'object' }),
];

function stream(method: 'get' | 'post', path: string, summary: string, type: string, schema: JsonSchema, content?: object): Operation {
  const parameters = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
  const body = content ? { requestBody: { required: true, content } } : {};
  return { path: openApiPath(path), method, description: { summary, parameters, ...body, responses: answers(type, schema) } };
}

function pathsOf(operations: Operation[]): Record<string, Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { path, method, description } of operations) paths[path] = { ...paths[path], [method]: description };
  return paths;
}

function parameters(schema: z.ZodType, place: 'path' | 'query') {
  const { properties = {}, required = [] } = schemaOf(schema, 'input');
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}

function answers(type: string, schema: JsonSchema) {
  return { 200: { description: 'Done', content: { [type]: { schema } } }, default: { $ref: '#/components/responses/Error' } };
}

function json(schema: JsonSchema) {
  return { 'application/json': { schema } };
}

function schemaOf(type: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const schema = z.toJSONSchema(type, { io, unrepresentable: 'any' });
  delete schema.$schema;
  return schema;
}

/** `/flows/:id` → `/flows/{id}` */
export function openApiPath(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}');
}
