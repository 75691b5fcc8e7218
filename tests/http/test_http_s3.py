# SPDX-License-Identifier: GPL-3.0-or-later
"""s3://: addresses, and signatures that the server computes anew."""
from bench import USAGE, Bench, failures
from fault_server import S3_KEY, S3_REGION, S3_SECRET, S3_TOKEN, FaultServer

check = failures.check

with Bench() as bench:
    odd = 'folder/a map+(1)=~ü&?.mrc'
    with FaultServer({'map.mrc': bench.data, odd: bench.data}) as server:
        def with_keys(**changes):
            return dict(AWS_ENDPOINT_URL=server.url, AWS_ACCESS_KEY_ID=S3_KEY, AWS_SECRET_ACCESS_KEY=S3_SECRET,
                        AWS_REGION=S3_REGION, **changes)

        bench.same('public', 's3://ok/map.mrc', AWS_ENDPOINT_URL=server.url + '/')
        check(all('authorization' not in request.fields for request in server.requests), 'a public bucket was signed for')

        server.forget()
        bench.same('signed', 's3://s3/map.mrc', **with_keys())
        check(len(server.requests) > 3, 'no requests')
        bench.same('with a session', 's3://s3/map.mrc', **with_keys(AWS_SESSION_TOKEN=S3_TOKEN))
        check(server.requests[-1].fields.get('x-amz-security-token') == S3_TOKEN, 'no session')
        keys = with_keys()
        keys['AWS_DEFAULT_REGION'] = keys.pop('AWS_REGION')
        bench.same('the other region', 's3://s3/map.mrc', **keys)
        bench.same('odd characters', f's3://s3/{odd}', stem='a map+(1)=~ü&?', **with_keys())

        hidden = (S3_SECRET, S3_TOKEN)
        bench.refused('wrong secret', 's3://s3/map.mrc', '403', 'AWS_SECRET_ACCESS_KEY', 's3://s3/map.mrc', hidden=hidden,
                      **{**with_keys(), 'AWS_SECRET_ACCESS_KEY': 'guessed'})
        bench.refused('no keys', 's3://s3/map.mrc', '403', AWS_ENDPOINT_URL=server.url)
        bench.refused('another region', 's3://elsewhere/map.mrc', 'AWS_REGION', 'ap-test-7', hidden=hidden, **with_keys())
        bench.refused('half a key', 's3://s3/map.mrc', 'AWS_SECRET_ACCESS_KEY', status=USAGE,
                      AWS_ENDPOINT_URL=server.url, AWS_ACCESS_KEY_ID=S3_KEY)
        for location in ('s3://', 's3://bucket', 's3://bucket/', 's3:///key', 's3://a:b@c/key'):
            bench.refused(location, location, 's3://BUCKET/KEY', status=USAGE, **with_keys())
        bench.refused('no region', 's3://s3/map.mrc', 'AWS_REGION', status=USAGE,
                      **{**with_keys(), 'AWS_REGION': 'x.invalid/'})

    # Amazon's own names, as a proxy sees them.
    for location, host in (('s3://some-bucket/key.mrc', 'some-bucket.s3.eu-test-1.amazonaws.com'),
                           ('s3://some.bucket/key.mrc', 's3.eu-test-1.amazonaws.com')):
        bench.refused(host, location, AWS_REGION=S3_REGION,
                      https_proxy='http://127.0.0.1:1')
failures.finish()
