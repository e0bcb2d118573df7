"""Who somebody is, by the word of a provider that signs it: OpenID Connect, and SMART App Launch on top of it.

https://openid.net/specs/openid-connect-core-1_0.html and https://hl7.org/fhir/smart-app-launch/app-launch.html. The
protocol is Authlib's and joserfc's; requests leave by ``smart.asking``, which has limits of size and time.
"""
