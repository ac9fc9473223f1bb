// An identity provider for the tests: whoever comes is whom the test has named last. Prints its issuer.
import http from 'node:http';
import Provider from 'oidc-provider';

const accounts = new Map();
let next = { sub: 'nobody' };

const server = http.createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'meridian', client_secret: 'kept by two', redirect_uris: ['http://127.0.0.1/callback'] }],
    claims: { openid: ['sub', 'amr'], email: ['email', 'email_verified'] },
    // As some do: the mail address is in the token, or has to be asked for.
    conformIdTokenClaims: process.argv.includes('--ask-for-email'),
    cookies: { keys: ['only for tests'] },
    features: { devInteractions: { enabled: false } },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => accounts.get(sub) }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    pkce: { required: () => true },
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope('openid email');
      await grant.save();
      return grant;
    },
  });
  // Portals of tests listen on any port.
  provider.Client.prototype.redirectUriAllowed = (uri) => /^http:\/\/127\.0\.0\.1:\d+\/session\/oidc\/test\/callback$/.test(uri);
  const answer = provider.callback();
  server.on('request', async (request, response) => {
    if (request.url === '/as') {
      let body = '';
      for await (const part of request) body += part;
      next = JSON.parse(body);
      accounts.set(next.sub, next);
      return response.end();
    }
    if (request.url.startsWith('/interaction/')) {
      return provider.interactionFinished(request, response, { login: { accountId: next.sub, amr: next.amr } });
    }
    return answer(request, response);
  });
  console.log(issuer);
});
// The test that started it is over, however it ended.
process.stdin.on('end', () => process.exit()).resume();
