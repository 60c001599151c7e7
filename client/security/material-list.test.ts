import { expect, test } from 'vitest';
import type { MaterialView } from '../../shared/api/material.ts';
import { attentionFirst, shownMaterial } from './material-list.ts';

const use = (flowName: string, isDeployed = true) => ({
  flowId: '0199a000-0000-7000-8000-000000000000',
  flowName,
  nodeId: 'mail',
  nodeName: 'Mail',
  field: 'Credential Name',
  isDeployed,
  isDrawn: true,
});
const item = (name: string, change: Partial<MaterialView> = {}): MaterialView => ({
  kind: 'credential',
  name,
  description: '',
  state: 'Deployed',
  error: null,
  expiresAt: null,
  allowedHosts: ['mail.example.com'],
  usedBy: [],
  deployedAt: '2026-03-01T12:00:00Z',
  deployedBy: 'Ada',
  ...change,
});
const names = (items: MaterialView[]) => items.map(({ name }) => name);

test('what hurts a flow that runs comes first, then what will hurt, then the rest by name', () => {
  const items = [
    item('b'),
    item('a'),
    item('unused', { state: 'Expired' }),
    item('drawn', { state: 'Error', usedBy: [use('Orders', false)] }),
    item('ending', { state: 'Expiring', usedBy: [use('Orders')] }),
    item('used', { state: 'Refused', usedBy: [use('Orders')] }),
  ];
  expect(names(attentionFirst(items))).toEqual(['used', 'ending', 'drawn', 'unused', 'a', 'b']);
});

test('it is found by its name, its description, a flow that uses it and a host it may be sent to', () => {
  const items = [
    item('shop', { description: 'Of the Web Shop' }),
    item('office', { usedBy: [use('Invoices')], allowedHosts: ['imap.example.org'] }),
    item('ca', { kind: 'certificate', allowedHosts: null }),
  ];
  const found = (text: string, kind: MaterialView['kind'] | '' = '') => names(shownMaterial(items, { text, kind }));
  expect(found('')).toEqual(['shop', 'office', 'ca']);
  expect(found('SHOP')).toEqual(['shop']);
  expect(found(' web ')).toEqual(['shop']);
  expect(found('invoi')).toEqual(['office']);
  expect(found('example.org')).toEqual(['office']);
  expect(found('', 'certificate')).toEqual(['ca']);
  expect(found('shop', 'certificate')).toEqual([]);
});
