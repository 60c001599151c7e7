import { expect, it } from 'vitest';
import { routes } from '../../shared/api.ts';
import { openApiDocument, openApiPath } from './openapi.ts';

const document = openApiDocument('1.2.3');

it.each(Object.entries(routes))('describes %s', (name, route) => {
  const operation = document.paths[openApiPath(route.path)]?.[route.method.toLowerCase()];
  expect(operation).toMatchObject({ operationId: name, summary: route.summary });
});

it('names every parameter of every path', () => {
  for (const [path, operations] of Object.entries(document.paths)) {
    const expected = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const operation of Object.values(operations)) {
      const { parameters } = operation as { parameters: { name: string; in: string }[] };
      expect(parameters.filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name)).toEqual(expected);
    }
  }
});

it('is plain JSON, with the version of the program', () => {
  expect(JSON.parse(JSON.stringify(document))).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } });
});
