#!/usr/bin/perl
# A second opinion on DKIM signatures, by Perl's Mail::DKIM (Debian: libmail-dkim-perl).
#
# Reads JSON from its standard input: {"records": {"selector._domainkey.domain": ["a string of the TXT record", ..]},
# "mails": ["base64", ..]}. Writes, for each mail, what became of each of its signatures, as {"algorithm": "rsa-sha256",
# "selector": "..", "result": "pass"}; "unknown" is the result of an algorithm that this version does not have (Ed25519
# came in 2023). No DNS is asked: the records are the whole of it.
use strict;
use warnings;

use JSON::PP;
use MIME::Base64 qw(decode_base64);
use Mail::DKIM::Verifier;
use Net::DNS::RR;

my $job     = decode_json( do { local $/; <STDIN> } );
my $records = $job->{records};

{
    no warnings 'redefine';
    *Mail::DKIM::DNS::query = sub {
        my ( $name, $type ) = @_;
        $name =~ s/\.\z//;
        my $strings = $type eq 'TXT' ? $records->{ lc $name } : undef;
        if ( !$strings ) {
            $@ = 'NXDOMAIN';
            return;
        }
        return Net::DNS::RR->new( owner => $name, type => 'TXT', txtdata => $strings );
    };
}

sub judged {
    my ($mail) = @_;
    my $verifier = Mail::DKIM::Verifier->new;
    $verifier->PRINT($mail);
    $verifier->CLOSE;
    my @judged;
    for my $signature ( $verifier->signatures ) {
        my $detail = $signature->result_detail // '';
        my $result = $detail =~ /unsupported algorithm/ ? 'unknown' : $signature->result // 'none';
        push @judged,
          { algorithm => $signature->algorithm, selector => $signature->selector, result => $result, detail => $detail };
    }
    return \@judged;
}

print encode_json( [ map { judged( decode_base64($_) ) } @{ $job->{mails} } ] ), "\n";
