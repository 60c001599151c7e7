import tls from 'node:tls';
import { afterAll, beforeAll } from 'vitest';
import { mailSender, type MailSenderConfig } from '../../shared/catalog/mail-sender.ts';
import { startMailServer, type MailServer } from '../testing/mail-server.ts';
import { senderContract, type SenderCase } from '../testing/sender-contract.ts';
import { mailSenderAdapter } from './mail-sender.ts';

let server: MailServer;

beforeAll(async () => {
  server = await startMailServer();
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), server.ca]);
});
afterAll(() => server.stop());

for (const protocol of ['imap4', 'pop3'] as const) {
  senderContract(protocol, mailSenderAdapter, {
    newCase: () => newCase(protocol),
    at: (config, port) => ({ ...config, address: `127.0.0.1:${port}`, protection: 'off' as const }),
  });
}

async function newCase(protocol: MailSenderConfig['protocol']): Promise<SenderCase<MailSenderConfig>> {
  const { user, password, deliver, files } = await server.createUser();
  const config = mailSender.config.parse({
    protocol,
    address: `localhost:${protocol === 'imap4' ? server.ports.imaps : server.ports.pop3s}`,
    credential: 'mailbox',
    postProcessing: 'delete',
    pop3PostProcessing: 'delete',
  });
  return { config, credential: { name: 'mailbox', user, password }, deliver, kept: async () => (await files()).map(({ raw }) => raw) };
}
