import type { FlowDocument, FlowNode } from '../../shared/flow.ts';
import { allDayEvery } from '../../shared/schedule.ts';
import type { MailServer, MailUser } from './mail-server.ts';
import type { MailroomProcess } from './mailroom-process.ts';

/** Flows for tests, made the way a script would make them: through the API. */

export const node = (id: string, type: string, config: Record<string, unknown> = {}): FlowNode => ({
  id,
  type,
  position: { x: 0, y: 0 },
  config,
});

/** Nodes connected in a row. */
export function chain(...nodes: FlowNode[]): FlowDocument {
  return { nodes, edges: nodes.slice(1).map((to, index) => ({ id: `e${index}`, from: nodes[index]?.id ?? '', to: to.id })) };
}

/** A Mail sender for this mailbox, in clear on loopback, polled each second. */
export function mailSenderNode(server: MailServer, protocol: 'imap4' | 'pop3', config: Record<string, unknown> = {}): FlowNode {
  return node('mail', 'mail-sender', {
    name: 'Orders mailbox',
    protocol,
    address: `localhost:${protocol === 'imap4' ? server.ports.imap : server.ports.pop3}`,
    protection: 'off',
    credential: 'orders',
    schedule: allDayEvery(1, 'seconds'),
    ...config,
  });
}

/** The shortest flow there is: a mailbox whose mails are posted to `url`. */
export function mailToHttp(
  server: MailServer,
  protocol: 'imap4' | 'pop3',
  url: string,
  config: Record<string, unknown> = {},
): FlowDocument {
  return chain(mailSenderNode(server, protocol, config), node('http', 'http-receiver', { url }));
}

export async function deployCredential(mailroom: MailroomProcess, { user, password }: MailUser, name = 'orders'): Promise<void> {
  await mailroom.call('createCredential', { body: { name, user, password, allowedHosts: ['localhost', '127.0.0.1'] } });
}

/** Creates and deploys a flow; returns its id. */
export async function deployFlow(mailroom: MailroomProcess, name: string, draft: FlowDocument): Promise<string> {
  const { id } = await mailroom.call('createFlow', { body: { name, draft } });
  await mailroom.call('deployFlow', { params: { id }, body: {} });
  return id;
}
