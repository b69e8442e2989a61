import { secureHeaders } from "hono/secure-headers";

/**
 * What browsers are told with every answer of the Worker: that it is no page, belongs into none, and is
 * to be had by HTTPS alone. Pages and their files, which Cloudflare serves without the Worker, have
 * theirs in assets/_headers. An answer that brings its own keeps it.
 */
export const securityHeaders = secureHeaders({
	contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
	strictTransportSecurity: "max-age=31536000; includeSubDomains",
	xContentTypeOptions: "nosniff",
	referrerPolicy: "no-referrer",
	crossOriginOpenerPolicy: "same-origin",
	// For pages that show what they may not read, as <img> does. CORS is a matter of its own.
	crossOriginResourcePolicy: "same-origin",
	// These were for browsers that are no more, or for pages.
	xFrameOptions: false,
	xXssProtection: false,
	xDownloadOptions: false,
	xDnsPrefetchControl: false,
	xPermittedCrossDomainPolicies: false,
	originAgentCluster: false,
	overwrite: false,
});
