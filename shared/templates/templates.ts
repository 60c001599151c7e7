import type { Condition } from '../catalog/conditions.ts';
import type { FlowDocument, FlowNode } from '../flow.ts';
import { allDayEvery } from '../schedule.ts';

/** Drawings to begin with. Each can be deployed as it is once its mailbox is known, and says by its names what to change. */
export interface Template {
  id: string;
  /** Also the name of the flow. */
  title: string;
  /** One sentence. */
  summary: string;
  /** Name of a lucide icon. */
  icon: string;
  make: (mailbox: TemplateMailbox) => FlowDocument;
}

/** The sender of a template: the practice mailbox, or one whose settings a person will fill in. */
export interface TemplateMailbox {
  name: string;
  address: string;
  credential: string;
  protection: 'tls' | 'off';
  /** IANA name of the person's time zone. */
  zone: string;
}

const sender = ({ zone, ...mailbox }: TemplateMailbox): FlowNode => ({
  id: 'mail',
  type: 'mail-sender',
  position: { x: 80, y: 160 },
  config: { ...mailbox, folder: 'INBOX', schedule: allDayEvery(10, 'seconds', zone) },
});

type Drawn = Omit<FlowNode, 'position'>;
const folder = (id: string, name: string, config: Record<string, unknown>): Drawn => ({
  id,
  type: 'file-receiver',
  config: { name, ...config },
});
const filter = (name: string, match: 'all' | 'any', ...conditions: Condition[]): Drawn => ({
  id: 'filter',
  type: 'filter',
  config: { name, match, conditions },
});
const is = (subject: string, operator: Condition['operator'], value = ''): Condition => ({ subject, operator, value });

/** One after the other. */
function chain(first: FlowNode, ...others: Drawn[]): FlowDocument {
  const nodes = [first, ...others.map((node, index) => ({ ...node, position: { x: 440 + index * 360, y: 160 } }))];
  return {
    nodes,
    edges: nodes.slice(1).map(({ id }, index) => ({ id: `${nodes[index]?.id}--${id}`, from: nodes[index]?.id ?? '', to: id })),
  };
}

export const templates: Template[] = [
  {
    id: 'mails-to-folder',
    title: 'Mails to a folder',
    summary: 'Writes every mail as it arrived, as an .eml file.',
    icon: 'folder-down',
    make: (mailbox) => chain(sender(mailbox), folder('file', 'Mails', { folder: 'mails' })),
  },
  {
    id: 'invoices',
    title: 'Invoices: keep the attachments',
    summary: 'Lets mails about invoices with a PDF pass, and writes their attachments, a folder for each mail.',
    icon: 'paperclip',
    make: (mailbox) =>
      chain(
        sender(mailbox),
        filter('Invoices with a PDF', 'all', is('header.subject', 'contains', 'invoice'), is('attachments.names', 'contains', '.pdf')),
        folder('file', 'Invoices', { folder: 'invoices', content: 'attachments' }),
      ),
  },
  {
    id: 'sort-by-subject',
    title: 'Sort by subject',
    summary: 'A Router sends orders and invoices to folders of their own, and everything else to a third.',
    icon: 'git-branch',
    make: (mailbox) => {
      const route = (port: string, name: string, word: string) => ({
        port,
        name,
        match: 'all',
        conditions: [is('header.subject', 'contains', word)],
      });
      const receivers = ['orders', 'invoices', 'otherwise'].map((port, index): FlowNode => ({
        ...folder(port, ['Orders', 'Invoices', 'Other mails'][index] ?? port, { folder: port === 'otherwise' ? 'other' : port }),
        position: { x: 800, y: 20 + index * 140 },
      }));
      const router: FlowNode = {
        id: 'router',
        type: 'router',
        position: { x: 440, y: 160 },
        config: { name: 'What is it about?', routes: [route('orders', 'Orders', 'order'), route('invoices', 'Invoices', 'invoice')] },
      };
      return {
        nodes: [sender(mailbox), router, ...receivers],
        edges: [
          { id: 'mail--router', from: 'mail', to: 'router' },
          ...receivers.map(({ id }) => ({ id: `router--${id}--${id}`, from: 'router', port: id, to: id })),
        ],
      };
    },
  },
  {
    id: 'no-newsletters',
    title: 'Without newsletters and bounces',
    summary: 'Stops bulk mail and reports of mail servers, and writes what people wrote.',
    icon: 'filter',
    make: (mailbox) =>
      chain(
        sender(mailbox),
        filter(
          'Written by people',
          'all',
          is('header.list-unsubscribe', 'exists-not'),
          is('header.precedence', 'equals-not', 'bulk'),
          is('header.from', 'contains-not', 'mailer-daemon'),
          is('header.subject', 'contains-not', 'newsletter'),
        ),
        folder('file', 'Letters', { folder: 'letters' }),
      ),
  },
  {
    id: 'support',
    title: 'Support mail as a ticket text',
    summary: 'Writes who asks, about what, and the text, as one text file per mail.',
    icon: 'message-square',
    make: (mailbox) =>
      chain(
        sender(mailbox),
        {
          id: 'ticket',
          type: 'content-modifier',
          config: {
            name: 'Ticket text',
            assignments: [{ target: 'property', name: 'source', value: 'mail' }],
            bodyKind: 'set',
            body: 'From: ${header.from}\nSubject: ${header.subject}\n\n${body}\n',
          },
        },
        folder('file', 'Tickets', { folder: 'tickets', content: 'body' }),
      ),
  },
  {
    id: 'originals-and-attachments',
    title: 'Originals and attachments',
    summary: 'Hands each mail with attachments to two folders: the whole mail, and its attachments as files.',
    icon: 'copy',
    make: (mailbox) => {
      const nodes: FlowNode[] = [
        sender(mailbox),
        { ...filter('Has attachments', 'all', is('attachments.names', 'exists')), position: { x: 440, y: 160 } },
        { ...folder('originals', 'Originals', { folder: 'originals' }), position: { x: 800, y: 80 } },
        { ...folder('attachments', 'Attachments', { folder: 'attachments', content: 'attachments' }), position: { x: 800, y: 240 } },
      ];
      const connect = (from: string, to: string) => ({ id: `${from}--${to}`, from, to });
      return { nodes, edges: [connect('mail', 'filter'), connect('filter', 'originals'), connect('filter', 'attachments')] };
    },
  },
];
