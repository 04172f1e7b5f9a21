"""Short forms of given names in several languages: a line is one name, first in full, then what people say instead.

A short form may stand for several names; two names are related when one line has both.
"""

from collections import defaultdict
from functools import lru_cache

_LINES = """
abigail abby gail
abraham abe abram bram
adelaide addie heidi adele
adrian ade adriaan
agnes aggie neta
albert al bert bertie albrecht
alexander alex al alec xander sandy sasha sascha alexandre alejandro aleksander aleksandr alessandro lex
alexandra alex sandra sasha sascha lexi alejandra aleksandra alessandra
alfred al fred alf freddie alfredo
alice ali allie alicia
amanda mandy manda
amelia amy millie emilia
andrew andy drew andreas andre andres andrea andrzej anders
angela angie angelika
ann anna anne annie anja anita annika hannah ana nan nancy
anthony tony anton antonio antoine toni
antonia toni antje
archibald archie
arnold arnie arno
arthur art artie arturo
augustus gus august augustin
barbara barb babs bärbel basia
bartholomew bart bartosz
beatrice bea trixie beatrix beate
benedict ben benedikt
benjamin ben benji benny
bernard bernie bernhard bernd bernardo
brian bryan
bridget biddy brigitte gitte birgit britt
caroline carrie caro karoline carolina lina
catherine cathy kate katie kathy cat katherine kathryn kathleen katharina katarina catarina karin kathrin katja kasia
charles charlie chuck chas carl karl carlos karol
charlotte lottie charly lotte carlotta
christian chris christer kristian
christine chris chrissy tina christina christiane kristin kirsten kristina krystyna
christopher chris kit topher christoph christophe krzysztof kristoffer cristobal
clara claire klara
clarence clare
claudia claude klaudia
claus klaus nicholas nick nicolas nikolaus niklas nico nikolai klaas colin mikolaj
clifford cliff
constance connie
cornelius neil cornelis kees niels
cynthia cindy
daniel dan danny daniil
daniela dani daniele danielle
david dave davey dawid
deborah deb debbie debra
dennis denny denis
diana di diane
dietrich dieter dirk
dominic dom nick dominik dominique
donald don donnie
dorothy dot dottie dolly dorothea dorothee thea
douglas doug
edmund ed eddie ted
edward ed eddie ted ned eduard eduardo edouard edvard
edwin ed eddie
eleanor ellie nell nora ella eleonore leonora
elizabeth liz lizzie beth betty bess eliza elsa elise lisa elisabeth elisabetta isabel isabella lisbeth ela elzbieta
elisabeth lieselotte liese else lisa
emily em emmy emilie emilia
eric erik rick erich
ernest ernie ernst ernesto
esther hester essie
eugene gene eugen
evelyn eve evie evelin
florence flo flossie
frances fran franny francie fanny francesca francoise franziska franzi
francis frank fran francisco franz francesco francois frans franciszek paco
franklin frank
frederick fred freddie fritz friedrich frederic federico fryderyk frederik
gabriel gabe gabriele
gabriella gabi gaby gabriele gabriela
george georgie georg jorge georges jürgen jerzy giorgio jörg
gerald gerry jerry gerhard gerd gert
gerard gerry gerardo
gertrude gertie trudy gertrud
gilbert gil bert
giuseppe joseph joe joey jo josef jose pepe beppe jozef sepp
gregory greg gregor grzegorz
guillaume william will bill billy willie liam wilhelm willi willem guillermo helmut
gustav gus gustavo gustaf
harold harry hal harald
harriet hattie
helen nell nellie helena elena helene lena ellen
henry harry hank hal heinrich henri enrique enrico heinz henrik henryk hendrik heiner
herbert herb bert heribert
hubert bert hugh
hugh hugo huw
ignatius iggy ignaz ignacio nacho
irene rena irina
isaac ike
isabel bella izzy isabella isabelle ysabel
jacob jake jakob jack james jim jimmy jamie jacques jaime giacomo diego santiago jakub iago
jacqueline jackie
jane jenny janie janet jana janina joanna johanna hanna joan jeanne
janet jan
jason jay
jeffrey jeff geoff geoffrey jeffery
jennifer jen jenny jenn
jeremy jerry jem jeremias
jerome jerry hieronymus jeronimo
jessica jess jessie
joachim jochen achim joaquin jochim
johanna hanna hanne johanne joanna
john jon johnny jack johannes johann hans jan juan jean giovanni ivan ian sean jens hannes janek joao johan yannick
jonathan jon jonny nathan jonatan
joshua josh
judith judy jutta
julia julie jule giulia yulia
julian jules juliano julien
katherine kate kathy katie kay
kenneth ken kenny
konrad conrad con kurt
kimberly kim
laura laurie lora
lawrence larry laurie lars lorenz laurent lorenzo
leonard leo len lenny leonhard leonardo
leopold leo poldi
leslie les
lewis lou louis ludwig luis luigi ludovic louie lutz
louise lou lulu luise louisa luisa
lucas luke luca luc lukas lukasz
lucy lucia luzie lucie
ludmila mila
madeleine maddie magdalena magda lena madeline
manuel manny emanuel manolo emmanuel
marcus mark marc markus marco marek marcos
margaret maggie meg peg peggy marge margie greta rita margarete gretchen margarita marguerite grete margit malgorzata
maria mary marie mia mimi miriam moll molly polly marija mary maja maryam mariam
marianne marian nanne
marilyn marlene
martha marta patty
martin marty martijn marcin
matthew matt matty matthias mathias matthieu matteo mateo mateusz mats
maximilian max maxim maximiliano
maxwell max
melanie mel
melissa mel lissa missy
michael mike mick mickey mitch miguel michel michele mikael mikhail misha michal
michelle shelly micha michaela
monica mona monika monique
muhammad mohammed mohamed mohammad muhammed mehmet mo
nancy nan
natalie nat nathalie natalia natasha natascha
nathaniel nat nate nathan
norman norm
oliver ollie olli olivier
oscar oskar
pamela pam
patricia pat patty trish tricia patrizia
patrick pat paddy pádraig patrik patricio
paul paulo pablo pavel paolo pawel
paula pauline paulina
peter pete pedro pierre piotr pietro pjotr petr
philip phil pip philipp philippe felipe filip
priscilla cilla
rachel rach ray rahel
ralph ralf rolf raoul raul
raymond ray raimund ramon
rebecca becky becca rebekka
reginald reg reggie reinhold reinhard
renate nate rena
richard rick dick rich richie ricky ricardo riccardo ryszard
robert rob bob bobby bert robbie robin roberto ruprecht rupert
rodney rod
roger rog rüdiger rogelio
roland rollo rolando
ronald ron ronnie
rosemary rose rosie rosemarie romy
rudolph rudy rudi rudolf rolf
samantha sam sammy
samuel sam sammy
sarah sally sara sadie
sebastian seb bastian basti sebastien
simon si simeon szymon
sophia sophie sofia sonja zofia sofie
stanley stan stanislaw stanislaus
stephen steve stevie steven stefan stephan etienne esteban stefano stephane szczepan
stephanie steph stefanie steffi stefania
susan sue susie suzanne susanne susanna susana zuzanna
sylvester sly silvester vester
sylvia silvia sylvie
terence terry terrence
theodore ted teddy theo theodor teodor
theresa terry tess tessa therese teresa resi
thomas tom tommy tomas tomasz tommaso
timothy tim timmy timotheus
tobias toby tobi
ulrich uli ulli udo
ursula uschi ulla
valentine val valentin
vanessa nessa
veronica ronnie vera veronika
victor vic viktor vittorio
victoria vicky tori viktoria
vincent vince vinny vinzenz vicente vincenzo
virginia ginny
vladimir vlad vova wladimir
walter walt wally wolter
wilhelmina mina wilma minna
winifred winnie freda
wolfgang wolf wolle
zachary zach zack zacharias
"""


@lru_cache(maxsize=1)
def _lines_of() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for number, line in enumerate(_LINES.split("\n")):
        for name in line.split():
            found[name.translate(_PLAIN)].add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


# As `name_key` writes them.
_PLAIN = str.maketrans("äöüáé", "aouae")


def are_related(one: str, other: str) -> bool:
    """Whether two given names, normalised, may be one person's: "bob" and "robert"; also the same name twice."""
    lines = _lines_of()
    return one == other or not lines.get(one, frozenset()).isdisjoint(lines.get(other, frozenset()))


def related_to(name: str) -> frozenset[str]:
    """All given names that may be this one's person's, without itself."""
    return _members(name) - {name}


@lru_cache(maxsize=2_000)
def _members(name: str) -> frozenset[str]:
    return frozenset(each for each in _lines_of() if are_related(name, each))
