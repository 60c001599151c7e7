import { routes, streamRoutes } from '../shared/api.ts';
import type { Access } from '../shared/api/route.ts';
import { mayAny, permissions, permissionWords, roles, roleTable, type Permission } from '../shared/roles.ts';

/** The tables of `docs/security.md`; the words around them are written by hand. */

const places = {
  permissions: permissionsTable,
  routes: routesTable,
};

/** `page` with what stands between its markers made anew. */
export function securityPage(page: string): string {
  return Object.entries(places).reduce((text, [name, table]) => {
    const marked = new RegExp(`(<!-- ${name}: [^>]*-->\n)[^]*?(<!-- end of ${name} -->)`);
    if (!marked.test(text)) throw new Error(`docs/security.md has no place for its ${name}`);
    return text.replace(marked, (_all, begin: string, end: string) => `${begin}\n${table()}\n\n${end}`);
  }, page);
}

function permissionsTable(): string {
  const rows = permissions.map((permission) => [
    code(permission),
    ...roles.map((role) => tick(roleTable[role].may.includes(permission))),
    permissionWords[permission],
  ]);
  return table(['Permission', ...titles(), 'What it covers'], rows);
}

/** One line for each route: what it needs, and for each role whether it may. */
function routesTable(): string {
  const all: [string, Access & { method: string; path: string }][] = [...Object.entries(routes), ...Object.entries(streamRoutes)];
  const rows = all
    .toSorted(([, a], [, b]) => a.path.localeCompare(b.path) || a.method.localeCompare(b.method))
    .map(([name, { method, path, may }]) => [
      code(name),
      method,
      code(path),
      wanted(may),
      ...roles.map((role) => tick(mayAny(roleTable[role].may, may))),
    ]);
  return table(['Route', 'Method', 'Path', 'Permission', ...titles()], rows);
}

function wanted(may: Access['may']): string {
  if (may === 'anyone') return 'anyone';
  return (typeof may === 'string' ? [may] : may).map((permission: Permission) => code(permission)).join(' or ');
}

function titles(): string[] {
  return roles.map((role) => roleTable[role].title);
}

function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}

function tick(may: boolean): string {
  return may ? 'yes' : '–';
}
