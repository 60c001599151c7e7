import { z } from 'zod';
import { routes, streamRoutes } from '../../shared/api.ts';
import { errorAnswerSchema, type Route, type StreamRoute } from '../../shared/api/route.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The OpenAPI 3.1 description of the API, made from the table of routes. */
export function openApiDocument(version: string) {
  return {
    openapi: '3.1.0',
    info: { title: 'Mailroom', version, description: 'Flows, deployments, messages and security material of one Mailroom.' },
    servers: [{ url: '/api/v1' }],
    security: [{ token: [] }, { session: [] }],
    paths: pathsOf([
      ...Object.entries(routes).map(([name, route]) => operation(name, route)),
      ...Object.entries(streamRoutes).map(([name, route]) => streamOperation(name, route)),
    ]),
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
  return described(name, route, bodyOf(route.body), answers('application/json', schemaOf(route.answer, 'output')));
}

function streamOperation(name: string, route: StreamRoute): Operation {
  const { bodyType, type, answer } = route;
  const text = { type: 'string' } as const;
  const requestBody = bodyType === undefined ? bodyOf(route.body) : { required: true, content: { [bodyType]: { schema: text } } };
  return described(
    name,
    route,
    requestBody,
    answers(type, answer ? schemaOf(answer, 'output') : type === 'application/json' ? { type: 'object' } : text),
  );
}

function described(name: string, route: Route | StreamRoute, requestBody: object | undefined, responses: object): Operation {
  return {
    path: openApiPath(route.path),
    method: route.method.toLowerCase(),
    description: {
      operationId: name,
      summary: route.summary,
      ...(route.may === 'anyone' ? { security: [] } : {}),
      'x-permission': route.may,
      parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query')],
      ...(requestBody ? { requestBody } : {}),
      responses,
    },
  };
}

function bodyOf(body: z.ZodType) {
  return body instanceof z.ZodNull ? undefined : { required: true, content: json(schemaOf(body, 'input')) };
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
